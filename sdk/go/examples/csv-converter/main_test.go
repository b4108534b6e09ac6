package main

import (
	"testing"

	"caisson.dev/sdk-go"
	"caisson.dev/sdk-go/caissontest"
)

func TestCSVThereAndBack(t *testing.T) {
	converter, err := caissontest.Converter(csvConverter, map[string]string{"columns": "a,b"})
	if err != nil {
		t.Fatal(err)
	}
	line, err := converter.FromConnect("t", nil, caisson.MapFrom(map[string]any{"b": "x,y", "a": int64(1)}))
	if string(line) != `1,"x,y"` || err != nil {
		t.Errorf("%q %v", line, err)
	}
	_, value, err := converter.ToConnect("t", line)
	if err != nil || value.(*caisson.Map).Get("a") != "1" || value.(*caisson.Map).Get("b") != "x,y" {
		t.Errorf("%v %v", value, err)
	}
	if _, _, err := converter.ToConnect("t", []byte("1")); err == nil {
		t.Error("a line without all columns is taken")
	}
}
