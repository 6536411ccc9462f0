"""Plans before they are sent: kept in a file and approved, or compared with what another version would do."""
