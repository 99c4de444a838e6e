"""The long stories go first, so that two workers end together."""


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: "stories" not in item.nodeid)
