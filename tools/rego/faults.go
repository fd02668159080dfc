package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// fault is one thing wrong with the sources. Line and column count from 1; 0 where OPA knows no place.
type fault struct {
	Code     string `json:"code"`
	Message  string `json:"message"`
	File     string `json:"file"`
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Severity string `json:"severity"`
}

type refusal struct {
	Ok     bool    `json:"ok"`
	Faults []fault `json:"faults"`
}

// faultsOf takes apart whatever OPA returns as an error.
func faultsOf(err error) []fault {
	var list ast.Errors
	var one *ast.Error
	var evaluation *topdown.Error
	switch {
	case errors.As(err, &list):
		faults := make([]fault, 0, len(list))
		for _, e := range list {
			faults = addFault(faults, faultOf(e.Code, e.Message, e.Location, e.Details))
		}
		return faults
	case errors.As(err, &one):
		return []fault{faultOf(one.Code, one.Message, one.Location, one.Details)}
	case errors.As(err, &evaluation):
		return []fault{faultOf(evaluation.Code, evaluation.Message, evaluation.Location, nil)}
	default:
		return []fault{faultOf("rego_error", err.Error(), nil, nil)}
	}
}

// addFault keeps one parse fault a place, the longest: OPA's parser says what it met, then also what it expected there.
func addFault(faults []fault, f fault) []fault {
	same := slices.IndexFunc(faults, func(other fault) bool {
		return f.Code == ast.ParseErr && other.Code == f.Code && other.File == f.File &&
			other.Line == f.Line && other.Column == f.Column
	})
	if same < 0 {
		return append(faults, f)
	}
	if len(f.Message) > len(faults[same].Message) {
		faults[same] = f
	}
	return faults
}

func faultOf(code, message string, location *ast.Location, details ast.ErrorDetails) fault {
	switch d := details.(type) {
	case nil:
	case *ast.RefErrInvalidDetail:
		message += detailOf(d)
	default:
		message += "\n" + strings.Join(d.Lines(), "\n")
	}
	f := fault{Code: code, Message: message, Severity: "error"}
	if location != nil {
		// At the end of a file OPA counts the column from 0.
		f.File, f.Line, f.Column = location.File, location.Row, max(1, location.Col)
	}
	return f
}

// detailOf says on one line what a reference may continue with, where OPA's own lines draw it.
func detailOf(d *ast.RefErrInvalidDetail) string {
	if len(d.OneOf) == 0 {
		return "\n" + strings.Join(d.Lines(), "\n")
	}
	names := make([]string, len(d.OneOf))
	for i, value := range d.OneOf {
		names[i] = value.String()
	}
	return ": no " + d.Ref[d.Pos].String() + " there, only " + strings.Join(names, ", ")
}
