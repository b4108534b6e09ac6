package caisson

import (
	"maps"
	"slices"

	manifest "caisson.dev/sdk-go/internal/wit/imports/caisson_connect_manifest"
	"caisson.dev/sdk-go/internal/wit/types"
)

// described is the component's manifest.
func described() []manifest.Plugin {
	made := make([]manifest.Plugin, len(exported))
	for i := range exported {
		made[i] = describe(&exported[i])
	}
	return made
}

func describe(plugin *Plugin) manifest.Plugin {
	made := manifest.Plugin{
		Class:         plugin.Class,
		Aliases:       plugin.Aliases,
		Kind:          plugin.kinds()[0],
		Version:       plugin.Version,
		Documentation: plugin.Documentation,
		Capabilities:  slices.Clone(plugin.Capabilities),
	}
	if made.Version == "" {
		made.Version = exportedVersion
	}
	checks := plugin.Validate != nil
	for i := range plugin.Config {
		key := &plugin.Config[i]
		made.Config = append(made.Config, describeKey(key))
		if key.Access != "" {
			made.Resources = append(made.Resources, manifest.ResourceKey{Key: key.Name, Access: string(key.Access)})
		}
		checks = checks || key.Check != nil
	}
	if checks && !slices.Contains(made.Capabilities, "validate") {
		made.Capabilities = append(made.Capabilities, "validate")
	}
	return made
}

func describeKey(key *ConfigKey) manifest.ConfigKey {
	made := manifest.ConfigKey{
		Name:          key.Name,
		Type:          string(key.Type),
		Default:       wit_types.None[string](),
		Required:      key.Required(),
		Importance:    string(orElse(key.Importance, High)),
		Documentation: key.Documentation,
		Group:         wit_types.None[string](),
		OrderInGroup:  -1,
		Width:         string(orElse(key.Width, "NONE")),
		DisplayName:   orElse(key.DisplayName, key.Name),
		Dependents:    key.Dependents,
		Recommended:   key.Recommended,
	}
	if text, ok := key.defaultText(); ok {
		made.Default = wit_types.Some(text)
	}
	if key.Group != "" {
		made.Group, made.OrderInGroup = wit_types.Some(key.Group), int32(key.Order)
	}
	for _, validator := range key.Validators {
		for _, pair := range validator.data {
			made.Validators = append(made.Validators, wit_types.Tuple2[string, string]{F0: pair[0], F1: pair[1]})
		}
	}
	for _, class := range key.Classes {
		made.Options = append(made.Options, wit_types.Tuple2[string, string]{F0: "class", F1: class})
	}
	return made
}

func orElse[T ~string](value, other T) T {
	if value == "" {
		return other
	}
	return value
}

// validated makes the checks that the worker cannot: those of keys that are code, and the plugin's own.
func validated(class, kind string, config manifest.Config) []manifest.ConfigValue {
	plugin, err := find(kind, class)
	if err != nil {
		return nil
	}
	given, errors := originals(config), map[string][]string{}
	for i := range plugin.Config {
		key := &plugin.Config[i]
		if key.Check == nil {
			continue
		}
		err := guarded(func() error {
			text, set := given[key.Name]
			_, err := key.parse(text, set)
			return err
		})
		if err != nil {
			errors[key.Name] = append(errors[key.Name], err.Error())
		}
	}
	if plugin.Validate != nil {
		err := guarded(func() error {
			for name, told := range plugin.Validate(given) {
				errors[name] = append(errors[name], told)
			}
			return nil
		})
		if err != nil {
			return []manifest.ConfigValue{{Name: plugin.Class, Errors: []string{err.Error()}, Visible: true}}
		}
	}
	var found []manifest.ConfigValue
	for _, name := range slices.Sorted(maps.Keys(errors)) {
		found = append(found, manifest.ConfigValue{Name: name, Errors: errors[name], Visible: true})
	}
	return found
}
