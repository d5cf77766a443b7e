"""Make a checkpoint and a config here from weights of Detectron2, torchvision or MMDetection."""

from mmnuc.cli.main import tool

if __name__ == '__main__':
    tool('import-weights')
