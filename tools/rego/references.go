package main

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// walk gathers references, calls and constant strings. Infix operators are no calls here, and the target of a `with`
// is no reference: it is not read.
func (f *fileFact) walk(node any) {
	var visitor *ast.GenericVisitor
	visitor = ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.Head:
			walkHead(x, visitor)
			return true
		case *ast.Expr:
			if terms, ok := x.Terms.([]*ast.Term); ok {
				f.called(terms[0])
				for _, term := range terms[1:] {
					visitor.Walk(term)
				}
				for _, with := range x.With {
					visitor.Walk(with)
				}
				return true
			}
		case *ast.With:
			visitor.Walk(x.Value)
			return true
		case *ast.Term:
			return f.term(x, visitor)
		}
		return false
	})
	visitor.Walk(node)
}

// walkHead visits what a rule's head reads. The key of `o[k] := v` stands in the reference too, that of `s contains k`
// does not.
func walkHead(head *ast.Head, visitor *ast.GenericVisitor) {
	reads := slices.Concat([]*ast.Term(head.Args), head.Ref()[1:])
	if head.Key != nil && len(head.Ref()) == 1 {
		reads = append(reads, head.Key)
	}
	if head.Value != nil {
		reads = append(reads, head.Value)
	}
	for _, term := range reads {
		visitor.Walk(term)
	}
}

func (f *fileFact) term(term *ast.Term, visitor *ast.GenericVisitor) bool {
	switch value := term.Value.(type) {
	case ast.Call:
		f.called(value[0])
		for _, argument := range value[1:] {
			visitor.Walk(argument)
		}
		return true
	case ast.Ref:
		f.Refs = append(f.Refs, refFact{Path: segments(value), At: placeOf(term.Location)})
		for _, segment := range value {
			if _, constant := segment.Value.(ast.String); !constant {
				visitor.Walk(segment)
			}
		}
		return true
	case ast.String:
		f.Strings = append(f.Strings, wordFact{Text: string(value), At: placeOf(term.Location)})
	}
	return false
}

func (f *fileFact) called(operator *ast.Term) {
	name := operator.Value.String()
	if builtin := ast.BuiltinMap[name]; builtin != nil && builtin.Infix != "" {
		return
	}
	f.Calls = append(f.Calls, wordFact{Text: name, At: placeOf(operator.Location)})
}

func segments(ref ast.Ref) []*string {
	out := make([]*string, len(ref))
	for i, term := range ref {
		switch value := term.Value.(type) {
		case ast.String:
			s := string(value)
			out[i] = &s
		case ast.Var:
			if i == 0 {
				s := string(value)
				out[i] = &s
			}
		}
	}
	return out
}
