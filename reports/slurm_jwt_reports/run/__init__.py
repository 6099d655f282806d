"""What a run amounts to, and its reports other than the page: text, JUnit, Markdown, SARIF, badge, JSON."""
