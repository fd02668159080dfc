package lib.licence_test

import data.lib.licence
import future.keywords.not

test_stated[case] if {
	some case, c in {
		"what was concluded goes first": ["MIT", "ISC", "MIT"],
		"what was declared, if nothing was concluded": ["NOASSERTION", "ISC", "ISC"],
		"what was declared, if the conclusion is missing": ["", "ISC", "ISC"],
		"that there is none is a conclusion": ["NONE", "ISC", "NONE"],
		"nothing at all": ["NOASSERTION", "", "NOASSERTION"],
	}
	licence.stated(c[0], c[1]) == c[2]
}
