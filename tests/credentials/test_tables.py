import pytest

from reconciler.credentials.tables import in_tables


def found(text):
    return [text[start:end] for start, end in in_tables(text)]


@pytest.mark.parametrize(
    "text",
    [
        "name,password\nme,hunter2\nyou,hunter3\n",
        "name;api key;role\nme;hunter2;admin\nyou;hunter3;user",
        "id\ttoken\n1\t'hunter2'\n2\thunter3\n",
        "| user | password |\n| --- | --- |\n| me | `hunter2` |\n| you | hunter3 |\n",
        "user | password\n-----+---------\nme   | hunter2\nyou  | hunter3\n",
        "USER     PASSWORD\r\nme       hunter2\r\nyou      hunter3\r\n",
    ],
)
def test_each_cell_below_a_credential_heading_is_found(text):
    assert found(text) == ["hunter2", "hunter3"]


def test_a_table_ends_with_the_first_line_of_another_number_of_cells():
    assert found("name,password\nme,hunter2\n\nyou,hunter3\n") == ["hunter2"]


@pytest.mark.parametrize(
    "text",
    [
        "NAME   TYPE   SECRETS   AGE\nme     Opaque   1   3d\n",
        "| name | token |\n| --- | --- |\n| a | string |\n| b | ${TOKEN} |\n| c | |\n",
        "field,password\nlength,8\nfile,/run/secrets/x\n",
        "id, token\n1, as above it was\n",
        "key, value\na1, b2\n",
        "the password\nof user1\n",
    ],
)
def test_words_numbers_references_and_sentences_are_not_credentials(text):
    assert found(text) == []
