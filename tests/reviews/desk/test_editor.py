"""The editor of rules and the templates, by forms as a browser without scripts sends them."""

from tests.reviews.desk.conftest import Desk
from tests.support.browser import Client
from tests.support.forms import fields_of


def test_the_editor_of_rules_without_a_script(client: Client, desk: Desk) -> None:
    at = f"/rounds/{desk.round.id}/shape"
    desk.enter(client, desk.secretary)
    data = fields_of(client.get(at).text)
    before = desk.fresh(desk.round).shape
    assert client.post(at, data={**data, "do": "save"}).status_code == 303
    assert desk.fresh(desk.round).shape == before  # there and back again
    longer = client.post(at, data={**data, "do": "add:criteria"})
    assert longer.status_code == 200
    typed = fields_of(longer.text)
    assert "criteria.2.levels" in typed
    wrong = typed | {
        "criteria.2.title_zh": "", "criteria.2.key": "有中文", "criteria.2.levels": "1 | 差\n很好 | 好",
        "criteria.0.weight": "许多", "staffing.reviews": "0", "questions.0.least": "9999",
    }  # fmt: skip
    refused = client.post(at, data={**wrong, "do": "save"})
    assert refused.status_code == 422
    for name in (
        "criteria.2.title_zh",
        "criteria.2.key",
        "criteria.2.levels",
        "criteria.0.weight",
        "staffing.reviews",
    ):
        assert f'id="f-{name}-error"' in refused.text, name
    assert "第 2 行" in refused.text
    assert desk.fresh(desk.round).shape == before
    good = typed | {"criteria.2.title_zh": "时效性", "criteria.2.key": "timely", "criteria.2.veto": "1"}
    preview = client.post(at, data={**good, "do": "preview"})
    assert preview.status_code == 200
    assert "评审人看到的评审表" in preview.text
    assert client.post(at, data={**good, "do": "save"}).status_code == 303
    assert [each["key"] for each in desk.fresh(desk.round).shape["criteria"]] == ["merit", "use", "timely"]
    data = fields_of(client.get(at).text)
    swapped = fields_of(client.post(at, data={**data, "do": "up:criteria:2"}).text)
    assert swapped["criteria.1.key"] == "timely"
    back = fields_of(client.post(at, data={**swapped, "do": "down:criteria:1"}).text)
    assert back["criteria.2.key"] == "timely"
    fewer = fields_of(client.post(at, data={**swapped, "do": "remove:criteria:0"}).text)
    assert "criteria.2.key" not in fewer
    nothing = {name: value for name, value in fewer.items() if not name.startswith("criteria.")}
    assert client.post(at, data={**nothing, "do": "save"}).status_code == 422


def test_templates_by_forms(client: Client, desk: Desk) -> None:
    base = "/admin/round-templates"
    assert desk.enter(client, desk.experts[0]).get(base).status_code == 403
    desk.enter(client, desk.secretary)
    assert client.post("/rounds/templates").status_code == 303
    copy = {"copy_of": "event-talks", "key": "own-talks", "title_zh": "本会报告遴选", "source": "平台规则"}
    assert client.post(f"{base}/new", data={**copy, "key": "有中文"}).status_code == 422
    assert client.post(f"{base}/new", data=copy).headers["location"] == f"{base}/own-talks"
    assert client.post(f"{base}/new", data=copy).status_code == 422
    data = fields_of(client.get(f"{base}/own-talks").text)
    assert (
        client.post(f"{base}/own-talks", data={**data, "staffing.reviews": "4", "do": "save"}).status_code
        == 303
    )
    assert (
        client.post(f"{base}/own-talks/names", data={"title_zh": "改名", "source": "平台规则"}).status_code
        == 303
    )
    assert client.post(f"{base}/own-talks/withdraw").status_code == 303
    assert "own-talks" not in client.get("/rounds/new").text
    assert client.get(f"{base}/no-such-key").status_code == 404
