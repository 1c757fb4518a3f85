"""The desk: pages and programs' doors of rounds, for the public, the secretariat, experts and applicants."""
