package caisson

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// ConfigType is the type of a key's value.
type ConfigType string

// The types of keys, and with which method of [Config] each is read.
const (
	Boolean  ConfigType = "BOOLEAN"  // Bool
	String   ConfigType = "STRING"   // String
	Int      ConfigType = "INT"      // Int
	Short    ConfigType = "SHORT"    // Int
	Long     ConfigType = "LONG"     // Int
	Double   ConfigType = "DOUBLE"   // Float
	List     ConfigType = "LIST"     // List
	Class    ConfigType = "CLASS"    // String
	Password ConfigType = "PASSWORD" // String
)

// Importance is how much a key matters to users; empty is High.
type Importance string

// The importances.
const (
	High   Importance = "HIGH"
	Medium Importance = "MEDIUM"
	Low    Importance = "LOW"
)

// Width is how wide a form shows a key; empty is NONE.
type Width string

// The widths.
const (
	WidthShort  Width = "SHORT"
	WidthMedium Width = "MEDIUM"
	WidthLong   Width = "LONG"
)

// Access is what a key names outside the sandbox: exactly what it names is granted.
type Access string

// What a key may name.
const (
	FileRead       Access = "file-read"
	FileWrite      Access = "file-write"
	DirectoryRead  Access = "directory-read"
	DirectoryWrite Access = "directory-write"
	URL            Access = "url"
	Address        Access = "address"
)

type noDefault struct{}

// NoDefault is the default of a key that may be left out and then has no value.
var NoDefault any = noDefault{}

// ConfigKey is a key of a configuration.
type ConfigKey struct {
	Name          string
	Type          ConfigType
	Documentation string
	// Default is what stands in for a key that is not set, as a user would write it; nil: the key is required. See [NoDefault].
	Default    any
	Importance Importance
	Validators []Validator
	// Access grants what the value names.
	Access Access
	// Check is for what no validator says. It is given the parsed value, nil for none; the worker asks the plugin then.
	Check func(value any) error
	Group string
	// Order is that in the group.
	Order int
	Width Width
	// DisplayName is the name in forms; empty for the key's own.
	DisplayName string
	Dependents  []string
	Recommended []string
	// Classes are those that a Class key may name; none: any.
	Classes []string
}

// Required reports whether the key has to be set.
func (k *ConfigKey) Required() bool { return k.Default == nil }

// defaultText is the default as a user would write it.
func (k *ConfigKey) defaultText() (text string, ok bool) {
	if k.Default == nil || k.Default == NoDefault {
		return "", false
	}
	return fmt.Sprint(k.Default), true
}

// parse makes the value of a text, or of the default. A ConfigError when it is not of the type or a check fails.
func (k *ConfigKey) parse(text string, set bool) (any, error) {
	if !set && k.Required() {
		return nil, Errorf(ConfigError, "Missing required configuration %q which has no default value.", k.Name)
	}
	if !set {
		text, set = k.defaultText()
	}
	var value any
	shown := "null"
	if set {
		var err error
		if value, err = parseType(k.Name, text, k.Type); err != nil {
			return nil, err
		}
		shown = text
	}
	for _, validator := range k.Validators {
		if told := validator.check(value); told != "" {
			return nil, InvalidConfig(k.Name, shown, told)
		}
	}
	if k.Check != nil {
		if err := k.Check(value); err != nil {
			return nil, InvalidConfig(k.Name, shown, err.Error())
		}
	}
	return value, nil
}

// ConfigDef is what a plugin's configuration may hold: Kafka's ConfigDef. Keys are shown in this order.
type ConfigDef []ConfigKey

// Parse makes a configuration of what a user set. A ConfigError for the first mistake in the order of the keys.
func (d ConfigDef) Parse(originals map[string]string) (Config, error) {
	values := make(map[string]any, len(d))
	for i := range d {
		text, set := originals[d[i].Name]
		value, err := d[i].parse(text, set)
		if err != nil {
			return Config{}, err
		}
		values[d[i].Name] = value
	}
	return Config{Originals: originals, values: values}, nil
}

// Validator is a check of a key's value that the worker makes too, before it starts a plugin.
type Validator struct {
	data  [][2]string
	check func(value any) string
}

// AtLeast admits numbers from that one on.
func AtLeast(number float64) Validator {
	return bound("range-min", number, "at least", func(value float64) bool { return value >= number })
}

// AtMost admits numbers up to that one.
func AtMost(number float64) Validator {
	return bound("range-max", number, "no more than", func(value float64) bool { return value <= number })
}

func bound(name string, number float64, words string, holds func(float64) bool) Validator {
	shown := strconv.FormatFloat(number, 'f', -1, 64)
	return Validator{[][2]string{{name, shown}}, func(value any) string {
		var given float64
		switch value := value.(type) {
		case int64:
			given = float64(value)
		case float64:
			given = value
		default:
			return "Value must be non-null"
		}
		if !holds(given) {
			return "Value must be " + words + " " + shown
		}
		return ""
	}}
}

// OneOf admits these texts; of a list, every item is one of them.
func OneOf(words ...string) Validator {
	told := "String must be one of: " + strings.Join(words, ", ")
	return Validator{pairs("one-of", words), func(value any) string {
		items, isList := value.([]string)
		if text, ok := value.(string); ok {
			items = []string{text}
		} else if !isList {
			return told
		}
		for _, item := range items {
			if !slices.Contains(words, item) {
				return told
			}
		}
		return ""
	}}
}

// OneOfIgnoringCase admits these texts, in any case.
func OneOfIgnoringCase(words ...string) Validator {
	told := "String must be one of (case insensitive): " + strings.ToUpper(strings.Join(words, ", "))
	return Validator{pairs("one-of-ignoring-case", words), func(value any) string {
		text, ok := value.(string)
		if !ok || !slices.ContainsFunc(words, func(word string) bool { return strings.EqualFold(word, text) }) {
			return told
		}
		return ""
	}}
}

func pairs(name string, words []string) [][2]string {
	made := make([][2]string, 0, len(words))
	for _, word := range words {
		made = append(made, [2]string{name, word})
	}
	return made
}

// Checks that have no argument.
var (
	NonNull  = plain("non-null", "entry must be non null", func(value any) bool { return value != nil })
	NonEmpty = plain("non-empty", "String must be non-empty", func(value any) bool {
		text, isText := value.(string)
		items, isList := value.([]string)
		return !(isText && text == "" || isList && len(items) == 0)
	})
	NonEmptyList = plain("non-empty-list", "Empty list", func(value any) bool {
		items, ok := value.([]string)
		return ok && len(items) > 0
	})
)

func plain(name, told string, holds func(any) bool) Validator {
	return Validator{[][2]string{{name, ""}}, func(value any) string {
		if holds(value) {
			return ""
		}
		return told
	}}
}

// Java's patterns call this white space.
const white = " \t\n\v\f\r"

// parseType makes a value of a type of a text: bool, string, int64, float64 or []string. A ConfigError in Kafka's words when it is none.
func parseType(name, text string, of ConfigType) (any, error) {
	trimmed := strings.TrimFunc(text, func(letter rune) bool { return letter <= ' ' })
	switch of {
	case Boolean:
		if strings.EqualFold(trimmed, "true") || strings.EqualFold(trimmed, "false") {
			return strings.EqualFold(trimmed, "true"), nil
		}
		return nil, InvalidConfig(name, text, "Expected value to be either true or false")
	case List:
		if trimmed == "" {
			return []string{}, nil
		}
		items := strings.Split(trimmed, ",")
		for i, item := range items {
			items[i] = strings.Trim(item, white)
		}
		return items, nil
	case Short, Int, Long:
		bits := map[ConfigType]int{Short: 16, Int: 32, Long: 64}[of]
		if number, err := strconv.ParseInt(trimmed, 10, bits); err == nil {
			return number, nil
		}
		return nil, InvalidConfig(name, text, "Not a number of type "+string(of))
	case Double:
		if number, ok := parseDouble(trimmed); ok {
			return number, nil
		}
		return nil, InvalidConfig(name, text, "Not a number of type "+string(of))
	}
	return trimmed, nil
}

// parseDouble is Double.parseDouble, but for hexadecimal numbers.
func parseDouble(text string) (float64, bool) {
	switch strings.TrimPrefix(strings.TrimPrefix(text, "+"), "-") {
	case "NaN":
		return math.NaN(), true
	case "Infinity":
		return math.Inf(map[bool]int{true: -1, false: 1}[text[0] == '-']), true
	}
	digits := text
	if last := len(text) - 1; last >= 0 && strings.ContainsRune("dDfF", rune(text[last])) {
		digits = text[:last]
	}
	if strings.Trim(digits, "0123456789+-.eE") != "" {
		return 0, false
	}
	number, err := strconv.ParseFloat(digits, 64)
	return number, err == nil || math.IsInf(number, 0)
}
