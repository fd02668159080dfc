package main

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/types"
)

// registerBuiltins makes the host's functions known to everything in OPA: parser, type checker, compiler, evaluator.
func registerBuiltins(declarations []declaration) error {
	for _, d := range declarations {
		var function types.Function
		if err := json.Unmarshal(d.Decl, &function); err != nil {
			return fmt.Errorf("declaration of built-in %s: %w", d.Name, err)
		}
		rego.RegisterBuiltinDyn(&rego.Function{Name: d.Name, Decl: &function}, hosted(d.Name, function.Arity()))
	}
	return nil
}

// hosted is a built-in whose implementation is the host's. The text of a value holds no line feed, so the
// name and each argument have a line.
func hosted(name string, arity int) rego.BuiltinDyn {
	return func(_ rego.BuiltinContext, operands []*ast.Term) (*ast.Term, error) {
		var text bytes.Buffer
		text.WriteString(name)
		for _, argument := range operands[:arity] { // after them comes the term for the result
			text.WriteByte('\n')
			writeValue(&text, argument.Value)
		}
		result, ok := call(text.Bytes())
		if !ok {
			return nil, nil
		}
		return ast.ParseTerm(string(result))
	}
}
