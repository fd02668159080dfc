package main

import (
	"bytes"
	"context"

	"github.com/open-policy-agent/opa/v1/compile"
)

type buildResult struct {
	Ok     bool   `json:"ok"`
	Bundle []byte `json:"bundle"` // bundle.tar.gz
}

// build is `opa build --bundle --target wasm .` in a directory with the request's files.
func build(r *request) (any, error) {
	// Parsed first only for the faults of every file: the loader stops at the first that does not parse.
	_, faults := r.parse()
	var out bytes.Buffer
	compiler := compile.New().
		WithCapabilities(r.capabilities()).
		WithTarget(compile.TargetWasm).
		WithAsBundle(true).
		WithFS(r.fileSystem()).
		WithPaths(".").
		WithOutput(&out).
		WithEntrypoints(r.Entrypoints...).
		WithRegoAnnotationEntrypoints(true).
		WithPartialNamespace("partial").
		WithRegoVersion(r.version())
	if r.Revision != nil {
		compiler = compiler.WithRevision(*r.Revision)
	}
	if err := compiler.Build(context.Background()); err != nil {
		if faults != nil {
			return nil, faults
		}
		return nil, err
	}
	return buildResult{Ok: true, Bundle: out.Bytes()}, nil
}
