// A transformation: asks a server what a record's name stands for.
package main

import (
	"encoding/json"
	"strings"
	"time"

	"caisson.dev/sdk-go"
	"caisson.dev/sdk-go/http"
)

var lookUp = caisson.Plugin{
	Class:         "com.example.LookUp",
	Documentation: "Looks names up, and tells the server of those that nobody knows.",
	Config: caisson.ConfigDef{
		{Name: "url", Type: caisson.String, Documentation: "Where names are known.", Access: caisson.URL},
	},
	Transformation: func() caisson.Transformation { return &lookup{} },
}

type lookup struct{ url string }

func (l *lookup) Configure(config caisson.Config) error {
	l.url = config.String("url")
	return nil
}

// Apply looks up what is `name` in the value: a name, or a URL by itself, which has to be granted too.
func (l *lookup) Apply(record *caisson.Record) (*caisson.Record, error) {
	fields, ok := record.Value().(caisson.Fields)
	if !ok {
		return record, nil
	}
	name, _ := fields.Get("name").(string)
	address := name
	if !strings.HasPrefix(name, "http:") {
		address = l.url + "/" + name + ".json?all=1"
	}
	found, err := http.Do(http.Request{
		URL:      address,
		Header:   http.Header{"Accept": {"application/json"}},
		Timeouts: http.Timeouts{Connect: 10 * time.Second, FirstByte: time.Minute, BetweenBytes: 10 * time.Second},
		MaxBody:  1000,
	})
	if err != nil {
		return nil, err
	}
	if err := fields.Set("status", int64(found.Status)); err != nil {
		return nil, err
	}
	if found.Status == 200 {
		return record, known(fields, found)
	}
	return record, l.tell(fields, name)
}

func known(fields caisson.Fields, found *http.Response) error {
	var answer struct{ Known string }
	if err := json.Unmarshal(found.Body, &answer); err != nil {
		return caisson.Errorf(caisson.DataError, "the server's answer is no JSON: %w", err)
	}
	if err := fields.Set("known", answer.Known); err != nil {
		return err
	}
	return fields.Set("kind", found.Header.Get("Content-Type"))
}

func (l *lookup) tell(fields caisson.Fields, name string) error {
	told, err := json.Marshal(map[string]string{"who": name})
	if err != nil {
		return err
	}
	answer, err := http.Post(l.url, "application/json", told)
	if err != nil {
		return err
	}
	return fields.Set("answer", string(answer.Body))
}

func init() { caisson.Export("1.0.0", lookUp) }

func main() {}
