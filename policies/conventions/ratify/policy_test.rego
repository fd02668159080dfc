# METADATA
# title: A policy for tests
# description: Wants every report to be good, and cares for no artifact without one.
package ratify.policy

import future.keywords.not
import rego.v1

default valid := false

valid if not _has_failed

_has_failed if {
	some artifact in input.verifierReports
	some report in artifact.verifierReports
	report.isSuccess == false
}
