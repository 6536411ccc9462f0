"""Tables, migrations, ledger, locks: everything that outlives a run."""
