"""Names that the command line offers, without the modules that own them: these import numpy.

``tests/cli/test_choices.py`` compares each table with its owner.
"""

# mmnuc.converters.formats.FORMATS: what a source looks like.
SOURCES = {
    'vrdl2021': 'train/NAME/{images,masks}/*.png, test/*.png',
    'dsb2018': 'stage1_train/ID/{images,masks}/*.png',
    'monuseg': 'NAME.tif, NAME.xml (Aperio outlines)',
    'label-maps': 'images/NAME.*, labels/NAME.{png,tif,npy,mat}',
    'geojson': 'NAME.*, NAME.geojson (QuPath)',
    'imagej-roi': 'NAME.*, NAME.zip or NAME.roi (ImageJ, Fiji)',
    'cellpose': 'NAME.*, NAME_seg.npy, NAME_cp_masks.* or NAME_masks.*',
    'hovernet': 'NAME.*, NAME.json (HoVer-Net, CellViT)',
    'coco': 'a COCO json and its images',
}
# mmnuc.converters.split.GROUPS
GROUPS = ('tcga-patient', 'image')
# mmnuc.converters.build.CROWDS
CROWDS = ('keep', 'as-nuclei')
# mmnuc.evaluation.submission.formats.FORMATS, as the help lists them.
SUBMISSIONS = ('dsb2018', 'tiny_voc', 'vrdl2021')
# mmnuc.visualization.panels.STYLES
STYLES = ('contours', 'grey')
