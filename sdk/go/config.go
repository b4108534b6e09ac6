package caisson

import "strings"

// Config is what a user set, parsed after a [ConfigDef]. Asking for a key that the definition does not have, or as another type,
// panics with a ConfigError.
type Config struct {
	// Originals are all keys as the user wrote them, those unknown to the definition too.
	Originals map[string]string
	values    map[string]any
}

// Has reports whether the key has a value, its own or a default.
func (c Config) Has(name string) bool { return c.values[name] != nil }

// String returns the value of a String, Class or Password key; empty without one.
func (c Config) String(name string) string { return valueOf[string](c, name) }

// Int returns the value of a Short, Int or Long key; 0 without one.
func (c Config) Int(name string) int64 { return valueOf[int64](c, name) }

// Float returns the value of a Double key; 0 without one.
func (c Config) Float(name string) float64 { return valueOf[float64](c, name) }

// Bool returns the value of a Boolean key; false without one.
func (c Config) Bool(name string) bool { return valueOf[bool](c, name) }

// List returns the value of a List key; nil without one.
func (c Config) List(name string) []string { return valueOf[[]string](c, name) }

func valueOf[T any](c Config, name string) T {
	value, known := c.values[name]
	if !known {
		panic(Errorf(ConfigError, "Unknown configuration '%s'", name))
	}
	var typed T
	if value == nil {
		return typed
	}
	typed, ok := value.(T)
	if !ok {
		panic(Errorf(ConfigError, "configuration %s is read as %T, and is %T by its definition", name, typed, value))
	}
	return typed
}

// OriginalsWithPrefix returns every key that starts with the prefix, without it, as the user wrote it.
func (c Config) OriginalsWithPrefix(prefix string) map[string]string {
	found := map[string]string{}
	for name, value := range c.Originals {
		if rest, ok := strings.CutPrefix(name, prefix); ok {
			found[rest] = value
		}
	}
	return found
}
