package lib.severity_test

import data.lib.severity
import future.keywords.not

test_of_word[case] if {
	some case, c in {
		"in any case": ["CRITICAL", "critical"],
		"of a distribution": ["Important", "high"],
		"of SARIF": ["error", "high"],
		"of Grype": ["Negligible", "info"],
		"unheard of": ["terrible", "unknown"],
		"nothing": ["", "unknown"],
	}
	severity.of_word(c[0]) == c[1]
}

test_of_score[case] if {
	some case, c in {
		"a number": [9.8, "critical"],
		"a text": ["7.0", "high"],
		"just below": ["6.9", "medium"],
		"low": ["0.1", "low"],
		"none": ["0.0", "info"],
		"no number": ["bad", "unknown"],
		"nothing": ["", "unknown"],
		"less than nothing": [-1, "unknown"],
	}
	severity.of_score(c[0]) == c[1]
}

test_worst if {
	severity.worst(["low", "unknown", "high", "medium"]) == "high"
	severity.worst(["unknown"]) == "unknown"
	severity.worst([]) == "unknown"
}
