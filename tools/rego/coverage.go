package main

import (
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/util"
)

// coverage counts lines as `opa test --coverage` does: those of rule heads and expressions, test files included.
type coverage struct {
	Percent float64        `json:"percent"`
	Files   []fileCoverage `json:"files"`
}

type fileCoverage struct {
	Path       string      `json:"path"`
	Percent    float64     `json:"percent"`
	Covered    []codeRange `json:"covered"`
	NotCovered []codeRange `json:"notCovered"`
}

type codeRange struct {
	Line      int `json:"line"`
	Column    int `json:"column"`
	EndLine   int `json:"endLine"`
	EndColumn int `json:"endColumn"`
}

func coverageOf(report cover.Report) *coverage {
	out := &coverage{Percent: report.Coverage, Files: make([]fileCoverage, 0, len(report.Files))}
	for _, path := range util.KeysSorted(report.Files) {
		file := report.Files[path]
		out.Files = append(out.Files, fileCoverage{
			Path:       path,
			Percent:    file.Coverage,
			Covered:    rangesOf(file.Covered),
			NotCovered: rangesOf(file.NotCovered),
		})
	}
	return out
}

func rangesOf(ranges []cover.Range) []codeRange {
	out := make([]codeRange, len(ranges))
	for i, r := range ranges {
		out[i] = codeRange{Line: r.Start.Row, Column: r.Start.Col, EndLine: r.End.Row, EndColumn: r.End.Col}
	}
	return out
}
