// Package collector says when Go's garbage collector may run.
//
// A collection reads the clock, which is a call out of the component; the component model forbids those while the worker asks for
// memory for a call's arguments, and while it takes a call's results. A collection that began there would end the instance. So
// the collector is held, except while an exported function runs the author's code.
package collector

import "runtime/debug"

// percent is Go's own default.
const percent = 100

func init() { Hold() }

// Allow lets the collector run.
func Allow() { debug.SetGCPercent(percent) }

// Hold lets no collection begin, and returns when the one under way has ended.
func Hold() { debug.SetGCPercent(-1) }

// Held calls out of the component while no collection may begin: for what it returns, the worker asks for memory.
func Held[T any](call func() T) T {
	Hold()
	defer Allow()
	return call()
}
