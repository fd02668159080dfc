package main

import (
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
)

type formatResult struct {
	Ok    bool     `json:"ok"`
	Files []source `json:"files"`
}

// formatSources is `opa fmt`: every file, or the faults of those that do not parse.
func formatSources(r *request) (any, error) {
	result := formatResult{Ok: true, Files: make([]source, 0, len(r.Files))}
	options := r.parserOptions()
	var faults ast.Errors
	for _, file := range r.Files {
		working(file.Path)
		text, err := format.SourceWithOpts(file.Path, []byte(file.Text), format.Opts{
			RegoVersion:   r.version(),
			ParserOptions: &options,
			Capabilities:  options.Capabilities,
		})
		if err != nil {
			faults = append(faults, asErrors(file.Path, err)...)
			continue
		}
		result.Files = append(result.Files, source{Path: file.Path, Text: string(text)})
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return result, nil
}
