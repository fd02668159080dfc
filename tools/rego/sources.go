package main

import (
	"errors"
	"testing/fstest"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/util"
)

// dataErr is the code of a data file that is neither JSON nor YAML; OPA has none.
const dataErr = "rego_data_error"

// parse reads every file and gathers the faults of all of them, where OPA's loaders stop at the first bad one.
func (r *request) parse() (map[string]*ast.Module, error) {
	modules := make(map[string]*ast.Module, len(r.Files))
	var faults ast.Errors
	for _, file := range r.Files {
		working(file.Path)
		module, err := ast.ParseModuleWithOpts(file.Path, file.Text, r.parserOptions())
		if err == nil {
			modules[file.Path] = module
			continue
		}
		faults = append(faults, asErrors(file.Path, err)...)
	}
	for _, file := range r.Data {
		working(file.Path)
		var value any
		if err := util.Unmarshal([]byte(file.Text), &value); err != nil {
			faults = append(faults, ast.NewError(dataErr, ast.NewLocation(nil, file.Path, 1, 1), "%s", err))
		}
	}
	working("")
	if len(faults) > 0 {
		return nil, faults
	}
	return modules, nil
}

// asErrors is err as OPA's list of errors, at the top of the file where it has no place.
func asErrors(path string, err error) ast.Errors {
	var errs ast.Errors
	if errors.As(err, &errs) {
		return errs
	}
	return ast.Errors{ast.NewError(ast.ParseErr, ast.NewLocation(nil, path, 1, 1), "%s", err)}
}

// fileSystem is the request's files as the file system that OPA's bundle loader walks.
func (r *request) fileSystem() fstest.MapFS {
	files := r.dataFiles()
	for _, file := range r.Files {
		files[file.Path] = &fstest.MapFile{Data: []byte(file.Text), Mode: 0o600}
	}
	if len(r.Roots) > 0 {
		files[bundle.ManifestExt] = &fstest.MapFile{Data: encode(map[string]any{"roots": r.Roots}), Mode: 0o600}
	}
	return files
}

func (r *request) dataFiles() fstest.MapFS {
	files := make(fstest.MapFS, len(r.Files)+len(r.Data)+1)
	for _, file := range r.Data {
		files[file.Path] = &fstest.MapFile{Data: []byte(file.Text), Mode: 0o600}
	}
	return files
}
