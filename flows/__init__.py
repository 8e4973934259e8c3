"""When: flows, settings and the command line. The only home of Prefect, Typer, the environment and the clock."""
