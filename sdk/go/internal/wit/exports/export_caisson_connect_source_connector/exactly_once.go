package export_caisson_connect_source_connector

import (
	"caisson.dev/sdk-go/internal/collector"
	"caisson.dev/sdk-go/internal/wit/imports/caisson_connect_types"
	wit "caisson.dev/sdk-go/internal/wit/types"
)

// SupportsExactlyOnce and DefinesTransactions are what the SDK answers with; nil: the connector does not say.
var (
	SupportsExactlyOnce func(class string, config caisson_connect_types.Config) (*bool, *caisson_connect_types.Error)
	DefinesTransactions func(class string, config caisson_connect_types.Config) (bool, *caisson_connect_types.Error)
)

// ExactlyOnceSupport is exactly-once-support.
func ExactlyOnceSupport(class string, config caisson_connect_types.Config) wit.Result[wit.Option[string], caisson_connect_types.Error] {
	collector.Allow()
	defer collector.Hold()
	supports, err := SupportsExactlyOnce(class, config)
	told := wit.None[string]()
	if supports != nil && *supports {
		told = wit.Some("supported")
	} else if supports != nil {
		told = wit.Some("unsupported")
	}
	return wit.Answer(told, err)
}

// CanDefineTransactionBoundaries is can-define-transaction-boundaries.
func CanDefineTransactionBoundaries(class string, config caisson_connect_types.Config) wit.Result[bool, caisson_connect_types.Error] {
	collector.Allow()
	defer collector.Hold()
	return wit.Answer(DefinesTransactions(class, config))
}
