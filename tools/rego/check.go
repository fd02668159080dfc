package main

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// schemaModule is the key of the made module that carries the schema annotations; no file can have this name.
const schemaModule = "\x00schemas"

type checkResult struct {
	Ok bool `json:"ok"`
}

// check is `opa check --strict --schema` with the documents named in Typed typed in every package, and with the
// built-ins limited to those that can run.
func check(r *request) (any, error) {
	modules, err := r.parse()
	if err != nil {
		return nil, err
	}
	schemas := ast.NewSchemaSet()
	for _, file := range r.Schemas {
		schemas.Put(schemaRef(file.Name), file.Schema)
	}
	if len(r.Typed) > 0 {
		if modules[schemaModule], err = typedModule(r.Typed); err != nil {
			return nil, err
		}
	}
	compiler := ast.NewCompiler().
		SetErrorLimit(0).
		WithCapabilities(r.allowed()).
		WithDefaultRegoVersion(r.version()).
		WithSchemas(schemas).
		WithEnablePrintStatements(true).
		WithStrict(r.Strict).
		WithUseTypeCheckAnnotations(true)
	if compiler.Compile(modules); compiler.Failed() {
		return nil, explained(compiler.Errors)
	}
	return checkResult{Ok: true}, nil
}

// typedModule annotates the package `data` itself, from which every package descends; annotations of the sources
// come later in the checker's order and so win. A rule without an annotation is not typed at all.
func typedModule(typed []schemaBinding) (*ast.Module, error) {
	location := ast.NewLocation(nil, "", 1, 1)
	annotation := ast.Annotations{Scope: "subpackages", Location: location}
	for _, binding := range typed {
		path, err := ast.ParseRef(binding.Path)
		if err != nil {
			// A lone `input` parses as a variable.
			path = ast.Ref{ast.VarTerm(binding.Path)}
		}
		annotation.Schemas = append(annotation.Schemas, &ast.SchemaAnnotation{Path: path, Schema: schemaRef(binding.Schema)})
	}
	pkg := &ast.Package{Path: ast.Ref{ast.DefaultRootDocument}, Location: location}
	module := &ast.Module{Package: pkg, Annotations: []*ast.Annotations{annotation.Copy(pkg)}}
	module.SetRegoVersion(ast.RegoV1)
	return module, nil
}

func schemaRef(name string) ast.Ref {
	return ast.Ref{ast.SchemaRootDocument, ast.StringTerm(name)}
}

// allowed are the capabilities; of a restricted request less the built-ins that it does not list.
func (r *request) allowed() *ast.Capabilities {
	capabilities := r.capabilities()
	if r.Restricted {
		capabilities.Builtins = slices.DeleteFunc(capabilities.Builtins, func(b *ast.Builtin) bool {
			return !slices.Contains(r.Allowed, b.Name)
		})
	}
	return capabilities
}

// explained says of a built-in that OPA has and the request does not allow why it is undefined.
func explained(faults ast.Errors) ast.Errors {
	for _, f := range faults {
		if name, ok := strings.CutPrefix(f.Message, "undefined function "); ok && ast.BuiltinMap[name] != nil {
			f.Message += ": a built-in of OPA that Verdict does not run"
		}
	}
	return faults
}
