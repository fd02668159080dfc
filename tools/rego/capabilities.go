package main

import "github.com/open-policy-agent/opa/v1/ast"

type capabilitiesResult struct {
	Ok           bool              `json:"ok"`
	Capabilities *ast.Capabilities `json:"capabilities"`
}

// listCapabilities is `opa capabilities --current`, limited to the built-ins that the request allows.
func listCapabilities(r *request) (any, error) {
	capabilities := r.allowed()
	for i, builtin := range capabilities.Builtins {
		capabilities.Builtins[i] = builtin.Minimal()
	}
	return capabilitiesResult{Ok: true, Capabilities: capabilities}, nil
}
