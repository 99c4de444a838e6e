"""MarketView -> BiasSignal | SniperPlan | NoTrade(reason): the rules one can defend."""
