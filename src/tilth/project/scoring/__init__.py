"""The ML Test Score of a project: 28 tests, each answered from what is on record.

Breck, Cai, Nielsen, Salib and Sculley, "The ML Test Score: A Rubric for ML Production Readiness
and Technical Debt Reduction", IEEE Big Data 2017. What counts as evidence of each test is in
`data.py`, `model.py`, `infrastructure.py` and `monitoring.py`, one function for one test.
"""
