package main

import (
	"bytes"
	"encoding/json"

	"github.com/open-policy-agent/opa/v1/ast"
)

// valueText prints a value as JSON plus sets ({1, 2}, set()) and keys of any type. Unlike ast.Value.String(), which
// quotes as Go does (\x00, \U0001f600), its strings are JSON strings.
func valueText(value ast.Value) []byte {
	var out bytes.Buffer
	writeValue(&out, value)
	return out.Bytes()
}

func writeValue(out *bytes.Buffer, value ast.Value) {
	switch v := value.(type) {
	case ast.String:
		out.Write(jsonText(string(v)))
	case *ast.Array:
		out.WriteByte('[')
		first := true
		v.Foreach(func(element *ast.Term) {
			writeComma(out, &first)
			writeValue(out, element.Value)
		})
		out.WriteByte(']')
	case ast.Set:
		if v.Len() == 0 {
			out.WriteString("set()")
			return
		}
		out.WriteByte('{')
		first := true
		v.Foreach(func(element *ast.Term) {
			writeComma(out, &first)
			writeValue(out, element.Value)
		})
		out.WriteByte('}')
	case ast.Object:
		out.WriteByte('{')
		first := true
		v.Foreach(func(key, element *ast.Term) {
			writeComma(out, &first)
			writeValue(out, key.Value)
			out.WriteString(": ")
			writeValue(out, element.Value)
		})
		out.WriteByte('}')
	default:
		out.WriteString(value.String())
	}
}

func writeComma(out *bytes.Buffer, first *bool) {
	if !*first {
		out.WriteString(", ")
	}
	*first = false
}

// jsonText is JSON without the escapes of <, > and & that encoding/json adds for HTML.
func jsonText(value any) []byte {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		panic(err)
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n"))
}
