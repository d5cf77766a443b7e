"""Folders and archives are read alike."""

import os
import zipfile
from pathlib import Path

import pytest

from mmnuc.converters.record import SourceError
from mmnuc.converters.source import File, open_tree
from mmnuc.errors import UserError


def test_a_folder_and_its_archive_are_the_same_tree(tree) -> None:
    tree.bytes('a/b/one.txt', b'1')
    tree.bytes('two.txt', b'2')
    tree.path('a/empty/x').parent.mkdir(exist_ok=True)
    folder, archive = open_tree(tree.root), open_tree(tree.zip())
    assert folder.names == archive.names == ('a/b/one.txt', 'two.txt')
    assert folder.folders == archive.folders == {'a', 'a/b', 'a/empty'}
    assert folder.file('two.txt').read() == archive.file('two.txt').read() == b'2'
    assert [file.name for file in archive.under('a/b')] == ['a/b/one.txt']
    assert folder.file('two.txt').exists()
    assert not archive.file('three.txt').exists()


def test_what_file_managers_leave_behind_is_no_data(tree) -> None:
    for name in ('a/.DS_Store', '__MACOSX/a/x.png', 'a/Thumbs.db', '.hidden/x.png', 'a/x.png'):
        tree.bytes(name, b'')
    assert open_tree(tree.root).names == open_tree(tree.zip()).names == ('a/x.png',)


def test_an_archive_that_is_replaced_is_read_anew(tree) -> None:
    tree.bytes('a.txt', b'old')
    assert File(str(tree.zip()), 'a.txt').read() == b'old'
    tree.bytes('a.txt', b'new')
    assert File(str(tree.zip()), 'a.txt').read() == b'new'


def test_a_damaged_member_is_named(tree) -> None:
    tree.bytes('a.txt', b'content ' * 100)
    archive = tree.zip()
    with zipfile.ZipFile(archive) as content:
        start = content.getinfo('a.txt').header_offset + 40
    data = bytearray(archive.read_bytes())
    data[start] ^= 0xFF
    archive.write_bytes(data)
    with pytest.raises(SourceError) as caught:
        File(str(archive), 'a.txt').read()
    assert (caught.value.fault.kind, caught.value.fault.file) == ('unreadable', 'a.txt')


def test_a_source_that_is_none_says_what_it_is(tmp_path: Path) -> None:
    with pytest.raises(UserError, match='no such file or folder'):
        open_tree(tmp_path / 'missing')
    (tmp_path / 'cut.zip').write_bytes(b'PK\3\4')
    with pytest.raises(UserError, match='neither a folder nor a complete zip archive'):
        open_tree(tmp_path / 'cut.zip')


def test_a_refusal_says_what_was_looked_for_and_found(tree) -> None:
    tree.bytes('a.txt', b'')
    told = str(open_tree(tree.root).refusal('b.png'))
    assert 'holds no b.png; it holds 1 files: a.txt' in told


def test_members_of_an_archive_are_read_inside_of_it_wherever_their_names_lead(
    tree, tmp_path: Path
) -> None:
    tree.bytes('secret.png', b'secret')
    archive = tmp_path / 'a.zip'
    with zipfile.ZipFile(archive, 'w') as out:
        for name in ('../source/secret.png', '/etc/b.png'):
            out.writestr(name, b'inside')
    assert {file.read() for file in map(open_tree(archive).file, open_tree(archive).names)} == {
        b'inside'
    }


def test_links_that_lead_back_and_pipes_are_no_files(tree) -> None:
    tree.bytes('a/x.png', b'1')
    for number in range(4):
        (tree.root / f'loop{number}').symlink_to(tree.root)
        (tree.root / 'a' / f'up{number}').symlink_to('..')
    os.mkfifo(tree.root / 'a' / 'pipe.png')
    assert open_tree(tree.root).names == ('a/x.png',)
