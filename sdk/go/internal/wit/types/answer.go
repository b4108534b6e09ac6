package wit_types

// Answer is a value, or an error of the contract.
func Answer[T, E any](value T, err *E) Result[T, E] {
	if err != nil {
		return Err[T](*err)
	}
	return Ok[T, E](value)
}

// Done is nothing, or an error of the contract.
func Done[E any](err *E) Result[Unit, E] { return Answer(Unit{}, err) }
