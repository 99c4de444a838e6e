from pawang.operations.soak.running import app

raise SystemExit(app(result_action="return_value"))
