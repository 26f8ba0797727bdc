"""The chain in luigi: a file for each task."""

import os

import luigi


class Start(luigi.Task):
    def output(self):
        return luigi.LocalTarget("kept/start")

    def run(self):
        with self.output().open("w") as file:
            file.write("0")


class AddOne(luigi.Task):
    i = luigi.IntParameter()

    def requires(self):
        return AddOne(i=self.i - 1) if self.i else Start()

    def output(self):
        return luigi.LocalTarget(f"kept/{self.i}")

    def run(self):
        with self.input().open() as file:
            value = int(file.read()) + 1
        with self.output().open("w") as file:
            file.write(str(value))


luigi.build([AddOne(i=int(os.environ["CHAIN"]) - 1)], local_scheduler=True, log_level="WARNING")
