// Command rego is OPA's own compiler, checker, formatter, tester and evaluator as one WebAssembly program for
// Verdict. It has no files, no network and no arguments: the host hands it one JSON request and takes one JSON answer
// (host.go). A request never ends the program abnormally: a panic inside OPA becomes a fault.
package main

import (
	"encoding/json"
	"fmt"
)

// operations is the one list of what a request may ask for.
var operations = map[string]func(*request) (any, error){
	"build":        build,
	"capabilities": listCapabilities,
	"check":        check,
	"evaluate":     evaluate,
	"format":       formatSources,
	"inspect":      inspect,
	"test":         runTests,
}

func main() {
	respond(answer(readRequest()))
}

func answer(raw []byte) (result []byte) {
	defer func() {
		if p := recover(); p != nil {
			result = encode(refusal{Faults: []fault{{Code: "rego_internal_error", Message: fmt.Sprint(p), Severity: "error"}}})
		}
	}()
	var r request
	if err := json.Unmarshal(raw, &r); err != nil {
		return encode(refusal{Faults: faultsOf(err)})
	}
	operation, ok := operations[r.Operation]
	if !ok {
		return encode(refusal{Faults: faultsOf(fmt.Errorf("no operation %q", r.Operation))})
	}
	if err := registerBuiltins(r.Builtins); err != nil {
		return encode(refusal{Faults: faultsOf(err)})
	}
	value, err := operation(&r)
	if err != nil {
		return encode(refusal{Faults: faultsOf(err)})
	}
	return encode(value)
}

func encode(value any) []byte {
	raw, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return raw
}
