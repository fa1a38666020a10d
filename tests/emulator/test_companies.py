"""The company and its clusters."""


def test_current_company_is_the_clinic(api):
    company = api.get("/v1/companies/current").body
    assert (company["name"], company["object"]) == ("Clinic Inc.", "company")


def test_requested_clusters_exist(api):
    clusters = api.get(f"{api.company}/clusters").data
    assert [cluster["label"] for cluster in clusters] == ["production", "staging"]
    assert api.get(api.cluster).body == clusters[0]


def test_two_clusters_may_have_the_same_label(start):
    with start(clusters=["same", "same"]) as api:
        clusters = api.get(f"{api.company}/clusters").data
        assert [cluster["label"] for cluster in clusters] == ["same", "same"]
        assert len({cluster["id"] for cluster in clusters}) == 2


def test_unknown_company_or_cluster_is_not_found(api):
    assert api.get("/v1/companies/company_other/clusters").status == 404
    assert api.get(f"{api.company}/clusters/cluster_other").status == 404
    assert api.get(f"{api.company}/clusters/cluster_other/services").status == 404


def test_clusters_share_nothing(api):
    api.create("secrets", name="only-here", data="x")
    staging = api.get(f"{api.company}/clusters").data[1]["id"]
    assert api.get(f"{api.company}/clusters/{staging}/secrets").data == []
