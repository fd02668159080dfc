package main

type inspectResult struct {
	Ok    bool       `json:"ok"`
	Files []fileFact `json:"files"`
	Data  []dataFact `json:"data"`
}

type place struct {
	Line   int `json:"line"`
	Column int `json:"column"`
}

type fileFact struct {
	Path    string     `json:"path"`
	Package []string   `json:"package"` // without `data`
	At      place      `json:"at"`
	Imports []refFact  `json:"imports"`
	Rules   []ruleFact `json:"rules"`
	Refs    []refFact  `json:"refs"`
	Calls   []wordFact `json:"calls"`
	Strings []wordFact `json:"strings"`
}

type ruleFact struct {
	Name        string           `json:"name"`
	Kind        string           `json:"kind"` // complete, set, object or function
	Default     bool             `json:"default"`
	At          place            `json:"at"`
	Annotations []annotationFact `json:"annotations"`
}

// annotationFact is a METADATA block that applies to a rule, the nearest first.
type annotationFact struct {
	Scope       string         `json:"scope"`
	Title       string         `json:"title"`
	Description string         `json:"description"`
	Entrypoint  bool           `json:"entrypoint"`
	Custom      map[string]any `json:"custom"`
	At          place          `json:"at"`
}

// refFact is a reference as written: its head's name and then each segment, null where it is not a constant string.
type refFact struct {
	Path []*string `json:"path"`
	At   place     `json:"at"`
}

type wordFact struct {
	Text string `json:"text"`
	At   place  `json:"at"`
}

// dataFact is a data file: where its directory puts it under `data`, and the keys it puts there.
type dataFact struct {
	Path  string   `json:"path"`
	Under []string `json:"under"`
	Keys  []string `json:"keys"`
}
