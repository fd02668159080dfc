package main

import (
	"encoding/json"

	"github.com/open-policy-agent/opa/v1/ast"
)

// request is everything that any operation takes; each uses its own part.
type request struct {
	Operation   string        `json:"operation"`
	Files       []source      `json:"files"`
	Data        []source      `json:"data"`
	Builtins    []declaration `json:"builtins"`
	RegoVersion int           `json:"regoVersion"`

	Entrypoints []string `json:"entrypoints"`
	Revision    *string  `json:"revision"`
	Roots       []string `json:"roots"`

	Restricted bool            `json:"restricted"` // to the built-ins in Allowed
	Allowed    []string        `json:"allowed"`
	Schemas    []schemaFile    `json:"schemas"`
	Typed      []schemaBinding `json:"typed"`
	Strict     bool            `json:"strict"`

	Run           string `json:"run"`
	Coverage      bool   `json:"coverage"`
	TestTimeoutMs int    `json:"testTimeoutMs"`

	Query string  `json:"query"`
	Input *string `json:"input"`

	known *ast.Capabilities
}

// source is a file: its path, relative and with slashes, is its name in messages and its place in the bundle.
type source struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

// declaration names a built-in that the host implements; Decl is OPA's JSON form of a function type.
type declaration struct {
	Name string          `json:"name"`
	Decl json.RawMessage `json:"decl"`
}

// schemaFile is a JSON Schema that annotations name as schema.<name>.
type schemaFile struct {
	Name   string `json:"name"`
	Schema any    `json:"schema"`
}

// schemaBinding types a document (such as input or data.config) by a schema in every package.
type schemaBinding struct {
	Path   string `json:"path"`
	Schema string `json:"schema"`
}

func (r *request) version() ast.RegoVersion {
	if r.RegoVersion == 0 {
		return ast.RegoV0
	}
	return ast.RegoV1
}

// capabilities are what `opa` itself uses for this version of Rego, with the host's built-ins.
func (r *request) capabilities() *ast.Capabilities {
	if r.known == nil {
		r.known = ast.CapabilitiesForThisVersion(ast.CapabilitiesRegoVersion(r.version()))
		r.known.AllowNet = []string{}
	}
	return r.known
}

func (r *request) parserOptions() ast.ParserOptions {
	return ast.ParserOptions{Capabilities: r.capabilities(), ProcessAnnotation: true, RegoVersion: r.version()}
}
