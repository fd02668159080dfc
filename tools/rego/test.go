package main

import (
	"cmp"
	"context"
	"runtime"
	"slices"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"
)

type testReport struct {
	Ok       bool         `json:"ok"`
	Results  []testResult `json:"results"`
	Coverage *coverage    `json:"coverage,omitempty"`
}

type testResult struct {
	Package    string     `json:"package"`
	Name       string     `json:"name"`
	File       string     `json:"file"`
	Line       int        `json:"line"`
	Outcome    string     `json:"outcome"` // passed, failed, errored or skipped
	DurationNs int64      `json:"durationNs"`
	Message    string     `json:"message"`
	Printed    string     `json:"printed"`
	Cases      []testCase `json:"cases"`
}

// testCase is one row of a table test (test_x[name]); the names of nested tables are its path.
type testCase struct {
	Path    []string `json:"path"`
	Outcome string   `json:"outcome"`
}

// runTests is `opa test`, with results in the order of the sources.
func runTests(r *request) (any, error) {
	modules, err := r.parse()
	if err != nil {
		return nil, err
	}
	store, err := r.store()
	if err != nil {
		return nil, err
	}
	compiler := ast.NewCompiler().
		SetErrorLimit(0).
		WithCapabilities(r.capabilities()).
		WithDefaultRegoVersion(r.version()).
		WithEnablePrintStatements(true)
	watch := &watcher{}
	if r.Coverage {
		watch.cover = cover.New()
	}
	results, err := tester.NewRunner().
		SetCompiler(compiler).
		SetStore(store).
		SetModules(modules).
		CapturePrintOutput(true).
		SetCoverageQueryTracer(watch).
		SetTimeout(time.Duration(r.TestTimeoutMs)*time.Millisecond).
		SetParallel(1).
		Filter(r.Run).
		RunTests(context.Background(), nil)
	if err != nil {
		return nil, err
	}
	report := testReport{Ok: true, Results: []testResult{}}
	for result := range results {
		report.Results = append(report.Results, resultOf(result))
	}
	slices.SortFunc(report.Results, func(a, b testResult) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Name, b.Name))
	})
	if watch.cover != nil {
		report.Coverage = coverageOf(watch.cover.Report(modules))
	}
	return report, nil
}

func resultOf(result *tester.Result) testResult {
	out := testResult{
		Package:    result.Package,
		Name:       result.Name,
		Outcome:    "passed",
		DurationNs: result.Duration.Nanoseconds(),
		Printed:    string(result.Output),
		Cases:      []testCase{},
	}
	if result.Location != nil {
		out.File, out.Line = result.Location.File, result.Location.Row
	}
	switch {
	case result.Error != nil:
		out.Outcome, out.Message = "errored", result.Error.Error()
	case result.Skip:
		out.Outcome = "skipped"
	case result.Fail:
		out.Outcome = "failed"
	}
	for path, sub := range result.SubResults.Iter {
		if len(sub.SubResults) > 0 {
			continue
		}
		outcome := "passed"
		if sub.Fail {
			outcome = "failed"
		}
		out.Cases = append(out.Cases, testCase{Path: path, Outcome: outcome})
	}
	return out
}

// yieldEvery is how many evaluation events pass between two chances for the timer of a test's time limit to run: the
// program has one thread, and OPA's evaluator never gives it up by itself.
const yieldEvery = 4096

// watcher sees every step of every test: it records coverage where wanted and lets time limits strike.
type watcher struct {
	cover  *cover.Cover
	events int
}

func (*watcher) Enabled() bool { return true }

func (*watcher) Config() topdown.TraceConfig { return topdown.TraceConfig{} }

func (w *watcher) TraceEvent(event topdown.Event) {
	if w.events++; w.events%yieldEvery == 0 {
		runtime.Gosched()
	}
	if w.cover != nil {
		w.cover.TraceEvent(event)
	}
}
