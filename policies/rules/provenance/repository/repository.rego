# METADATA
# title: It was built from a configured repository
# description: >-
#   The provenance names a source of `provenance.repositories`, at a ref of `provenance.refs` where that is not
#   empty, and fits the other lists of `provenance` that are not empty.
# custom:
#   severity: high
#   failure_msg: "No provenance that fits the lists of `provenance` comes from a configured repository."
#   solution: >-
#     Build it there, or take what was found into the configuration if you trust it.
package rules.provenance.repository

import data.lib
import future.keywords.not

about := rego.metadata.chain()

met contains lib.testimony(provenance) if {
	count(data.config.provenance.repositories) > 0
	some provenance in lib.expected_provenances
}

found contains provenance.content.source.repository if some provenance in lib.provenances
