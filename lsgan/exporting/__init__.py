"""From a trained generator to a model folder that other runtimes read: files, card, example."""
