package main

import (
	"path"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/util"
)

// inspect tells what the sources are made of, as written: nothing is compiled, so other files may be missing.
func inspect(r *request) (any, error) {
	modules, err := r.parse()
	if err != nil {
		return nil, err
	}
	annotations, faults := ast.BuildAnnotationSet(util.Values(modules))
	if len(faults) > 0 {
		return nil, faults
	}
	result := inspectResult{Ok: true, Files: make([]fileFact, 0, len(r.Files)), Data: make([]dataFact, 0, len(r.Data))}
	for _, file := range r.Files {
		result.Files = append(result.Files, factsOf(file.Path, modules[file.Path], annotations))
	}
	for _, file := range r.Data {
		if path.Base(file.Path) != bundle.ManifestExt {
			result.Data = append(result.Data, dataFactOf(file))
		}
	}
	return result, nil
}

func factsOf(name string, module *ast.Module, annotations *ast.AnnotationSet) fileFact {
	fact := fileFact{
		Path:    name,
		Package: []string{},
		At:      placeOf(module.Package.Location),
		Imports: []refFact{},
		Rules:   []ruleFact{},
		Refs:    []refFact{},
		Calls:   []wordFact{},
		Strings: []wordFact{},
	}
	for _, term := range module.Package.Path[1:] {
		fact.Package = append(fact.Package, string(term.Value.(ast.String)))
	}
	for _, imported := range module.Imports {
		if ref, ok := imported.Path.Value.(ast.Ref); ok {
			fact.Imports = append(fact.Imports, refFact{Path: segments(ref), At: placeOf(imported.Location)})
		}
	}
	for _, rule := range module.Rules {
		fact.Rules = append(fact.Rules, ruleFactOf(rule, annotations))
		fact.walk(rule)
	}
	return fact
}

func ruleFactOf(rule *ast.Rule, annotations *ast.AnnotationSet) ruleFact {
	fact := ruleFact{
		Name:        rule.Head.Ref().GroundPrefix().String(),
		Kind:        kindOf(rule.Head),
		Default:     rule.Default,
		At:          placeOf(rule.Location),
		Annotations: []annotationFact{},
	}
	for _, ref := range annotations.Chain(rule) {
		if a := ref.Annotations; a != nil {
			custom := a.Custom
			if custom == nil {
				custom = map[string]any{}
			}
			fact.Annotations = append(fact.Annotations, annotationFact{
				Scope:       a.Scope,
				Title:       a.Title,
				Description: a.Description,
				Entrypoint:  a.Entrypoint,
				Custom:      custom,
				At:          placeOf(a.Location),
			})
		}
	}
	return fact
}

func kindOf(head *ast.Head) string {
	if len(head.Args) > 0 {
		return "function"
	}
	switch head.DocKind() {
	case ast.PartialSetDoc:
		return "set"
	case ast.PartialObjectDoc:
		return "object"
	default:
		return "complete"
	}
}

func placeOf(location *ast.Location) place {
	if location == nil {
		return place{}
	}
	return place{Line: location.Row, Column: location.Col}
}

func dataFactOf(file source) dataFact {
	fact := dataFact{Path: file.Path, Under: []string{}, Keys: []string{}}
	if dir := path.Dir(file.Path); dir != "." {
		fact.Under = strings.Split(dir, "/")
	}
	var value any
	if err := util.Unmarshal([]byte(file.Text), &value); err != nil {
		return fact // parse has refused it before
	}
	if object, ok := value.(map[string]any); ok {
		fact.Keys = util.KeysSorted(object)
	}
	return fact
}
