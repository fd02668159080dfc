package main

import (
	"bytes"
	"context"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"
)

type evaluateResult struct {
	Ok      bool       `json:"ok"`
	Values  []valueOut `json:"values"`
	Printed string     `json:"printed"`
}

// valueOut is one solution: the value of the query's last expression, as Rego value text and as JSON.
type valueOut struct {
	Text string `json:"text"`
	JSON string `json:"json"`
}

// evaluate is `opa eval`: OPA's own evaluator over the sources, data and input.
func evaluate(r *request) (any, error) {
	modules, err := r.parse()
	if err != nil {
		return nil, err
	}
	store, err := r.store()
	if err != nil {
		return nil, err
	}
	compiler, err := r.compile(modules)
	if err != nil {
		return nil, err
	}
	var printed bytes.Buffer
	options := []func(*rego.Rego){
		rego.Compiler(compiler),
		rego.Store(store),
		rego.SetRegoVersion(r.version()),
		rego.Query(r.Query),
		rego.PrintHook(topdown.NewPrintHook(&printed)),
		rego.GenerateJSON(func(term *ast.Term, _ *rego.EvalContext) (any, error) { return term, nil }),
	}
	if r.Input != nil {
		input, err := ast.ValueFromReader(strings.NewReader(*r.Input))
		if err != nil {
			return nil, err
		}
		options = append(options, rego.ParsedInput(input))
	}
	solutions, err := rego.New(options...).Eval(context.Background())
	if err != nil {
		return nil, err
	}
	result := evaluateResult{Ok: true, Values: make([]valueOut, 0, len(solutions)), Printed: printed.String()}
	for _, solution := range solutions {
		value, err := termValue(solution.Expressions[len(solution.Expressions)-1].Value)
		if err != nil {
			return nil, err
		}
		plain, err := ast.JSON(value)
		if err != nil {
			return nil, err
		}
		result.Values = append(result.Values, valueOut{Text: string(valueText(value)), JSON: string(jsonText(plain))})
	}
	return result, nil
}

// termValue undoes what OPA does to an expression without a value of its own (such as a negation): a plain true.
func termValue(value any) (ast.Value, error) {
	if term, ok := value.(*ast.Term); ok {
		return term.Value, nil
	}
	return ast.InterfaceToValue(value)
}

func (r *request) compile(modules map[string]*ast.Module) (*ast.Compiler, error) {
	compiler := ast.NewCompiler().
		SetErrorLimit(0).
		WithCapabilities(r.capabilities()).
		WithDefaultRegoVersion(r.version()).
		WithEnablePrintStatements(true)
	if compiler.Compile(modules); compiler.Failed() {
		return nil, compiler.Errors
	}
	return compiler, nil
}

// store holds the data files, merged as a bundle merges them.
func (r *request) store() (storage.Store, error) {
	loaded, err := bundle.NewCustomReader(bundle.NewFSLoaderWithRoot(r.dataFiles(), ".")).Read()
	if err != nil {
		return nil, err
	}
	return inmem.NewFromObject(loaded.Data), nil
}
