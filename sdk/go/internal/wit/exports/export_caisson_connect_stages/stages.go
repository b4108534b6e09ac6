package export_caisson_connect_stages

import (
	"runtime"

	"caisson.dev/sdk-go/internal/collector"
	"caisson.dev/sdk-go/internal/wit/imports/caisson_connect_stages"
	"caisson.dev/sdk-go/internal/wit/imports/caisson_connect_types"
	wit "caisson.dev/sdk-go/internal/wit/types"
)

// OpenChain and OpenTest are what the SDK opens: functions over batches.
var (
	OpenChain func([]caisson_connect_stages.Stage) (func([]byte) (caisson_connect_stages.Outcome, *caisson_connect_types.Error), *caisson_connect_types.Error)
	OpenTest  func(caisson_connect_stages.Predicate) (func([]byte) ([]bool, *caisson_connect_types.Error), *caisson_connect_types.Error)
)

// What is open; a handle alone does not keep it from being collected.
var (
	chains = map[*Chain]bool{}
	tests  = map[*Test]bool{}
)

// Chain is resource chain.
type Chain struct {
	pinner runtime.Pinner
	handle int32
	apply  func([]byte) (caisson_connect_stages.Outcome, *caisson_connect_types.Error)
}

// ChainOpen is chain.open.
func ChainOpen(stages []caisson_connect_stages.Stage) wit.Result[*Chain, caisson_connect_types.Error] {
	collector.Allow()
	defer collector.Hold()
	apply, err := OpenChain(stages)
	made := &Chain{apply: apply}
	if err == nil {
		chains[made] = true
	}
	return wit.Answer(made, err)
}

// Apply is chain.apply.
func (c *Chain) Apply(batch []byte) wit.Result[caisson_connect_stages.Outcome, caisson_connect_types.Error] {
	collector.Allow()
	defer collector.Hold()
	return wit.Answer(c.apply(batch))
}

// OnDrop forgets it.
func (c *Chain) OnDrop() { delete(chains, c) }

// Test is resource test.
type Test struct {
	pinner runtime.Pinner
	handle int32
	apply  func([]byte) ([]bool, *caisson_connect_types.Error)
}

// TestOpen is test.open.
func TestOpen(predicate caisson_connect_stages.Predicate) wit.Result[*Test, caisson_connect_types.Error] {
	collector.Allow()
	defer collector.Hold()
	apply, err := OpenTest(predicate)
	made := &Test{apply: apply}
	if err == nil {
		tests[made] = true
	}
	return wit.Answer(made, err)
}

// Apply is test.apply.
func (t *Test) Apply(batch []byte) wit.Result[[]bool, caisson_connect_types.Error] {
	collector.Allow()
	defer collector.Hold()
	return wit.Answer(t.apply(batch))
}

// OnDrop forgets it.
func (t *Test) OnDrop() { delete(tests, t) }
