package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"caisson.dev/sdk-go"
	"caisson.dev/sdk-go/caissontest"
)

func answer(writer http.ResponseWriter, asked *http.Request) {
	switch {
	case asked.Method == http.MethodPost:
		body, _ := io.ReadAll(asked.Body)
		fmt.Fprintf(writer, "heard %s", body)
	case asked.RequestURI == "/ada.json?all=1":
		writer.Header().Set("Content-Type", "application/json")
		fmt.Fprint(writer, `{"known": "Ada Lovelace"}`)
	default:
		writer.WriteHeader(http.StatusNotFound)
	}
}

func TestANameIsLookedUp(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(answer))
	defer server.Close()
	transformation, err := caissontest.Transformation(lookUp, map[string]string{"url": server.URL})
	if err != nil {
		t.Fatal(err)
	}
	for name, fields := range map[string]map[string]any{
		"ada": {"status": int64(200), "known": "Ada Lovelace", "kind": "application/json"},
		"bob": {"status": int64(404), "answer": `heard {"who":"bob"}`},
	} {
		record, err := transformation.Apply(caisson.NewRecord("t", caisson.MapFrom(map[string]any{"name": name})))
		if err != nil {
			t.Fatal(err)
		}
		for field, wanted := range fields {
			if got := record.Value().(*caisson.Map).Get(field); got != wanted {
				t.Errorf("%s of %s is %v", field, name, got)
			}
		}
	}
}
