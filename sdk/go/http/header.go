package http

import (
	"slices"
	"strings"
)

// Header is names with their values. However a name is written, the methods find it.
type Header map[string][]string

// Get returns the first value of a name, "" for none.
func (h Header) Get(name string) string {
	if values := h.Values(name); len(values) > 0 {
		return values[0]
	}
	return ""
}

// Values returns all values of a name.
func (h Header) Values(name string) []string {
	var found []string
	for _, known := range h.names() {
		if strings.EqualFold(known, name) {
			found = append(found, h[known]...)
		}
	}
	return found
}

// Set makes a value the only one of its name.
func (h Header) Set(name, value string) {
	for known := range h {
		if strings.EqualFold(known, name) {
			delete(h, known)
		}
	}
	h[name] = []string{value}
}

// Add adds a value to those of its name.
func (h Header) Add(name, value string) {
	for known, values := range h {
		if strings.EqualFold(known, name) {
			h[known] = append(values, value)
			return
		}
	}
	h[name] = []string{value}
}

// names are in order, so that the same header is the same bytes.
func (h Header) names() []string {
	names := make([]string, 0, len(h))
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}
