// Package export_caisson_connect_manifest implements interface manifest of the contract.
package export_caisson_connect_manifest

import (
	"caisson.dev/sdk-go/internal/collector"
	"caisson.dev/sdk-go/internal/wit/imports/caisson_connect_manifest"
)

// Described and Validated are what the SDK answers with.
var (
	Described func() []caisson_connect_manifest.Plugin
	Validated func(class, kind string, config caisson_connect_manifest.Config) []caisson_connect_manifest.ConfigValue
)

// Plugins is manifest.plugins.
func Plugins() []caisson_connect_manifest.Plugin {
	collector.Allow()
	defer collector.Hold()
	return Described()
}

// Validate is manifest.validate.
func Validate(class, kind string, config caisson_connect_manifest.Config) []caisson_connect_manifest.ConfigValue {
	collector.Allow()
	defer collector.Hold()
	return Validated(class, kind, config)
}
