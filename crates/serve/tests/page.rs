//! The page as a browser gets it: what is found, its links, and that no text becomes markup.

mod process;

use std::fs;

use process::Service;

fn pile(feeds: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, items) in feeds {
        let feed = format!("<rss><channel>{items}</channel></rss>");
        fs::write(folder.path().join(name), feed).unwrap();
    }
    folder
}

fn serve(folder: &tempfile::TempDir) -> Service {
    Service::start(&["--feeds", folder.path().to_str().unwrap()])
}

#[test]
fn a_search_shows_what_mentions_the_topic_with_its_links() {
    let folder = pile(&[
        (
            "a.xml",
            "<item><title>Elvis lives</title><link>https://example.org/?a=1&amp;b=2</link></item>",
        ),
        (
            "b.rss",
            "<item><title>other</title></item><item><description>an Elvis!</description></item>",
        ),
        ("c.txt", "Elvis"),
    ]);
    let service = serve(&folder);
    let page = service.get("/").text();
    assert!(page.contains("name=\"topic\"") && page.contains("value=\"b.rss\""));
    assert!(!page.contains("c.txt"), "not a feed");
    let page = service.get("/?topic=Elvis").text();
    assert!(page.contains("2 of 3 items in 2 feeds mention"), "{page}");
    assert!(
        page.contains("<a href=\"https://example.org/?a=1&#38;b=2\""),
        "{page}"
    );
    assert!(page.contains("an <mark>Elvis</mark>!"), "{page}");
    let one = service.get("/?topic=Elvis&feed=b.rss").text();
    assert!(one.contains("1 of 2 items in 1 feed mention"), "{one}");
    assert!(one.contains("value=\"b.rss\" checked"), "{one}");
    let none = service.get("/?topic=elvis").text();
    assert!(none.contains("0 of 3 items"), "the case counts: {none}");
}

#[test]
fn no_text_of_a_feed_a_name_or_a_question_becomes_markup() {
    let evil = "&lt;script&gt;alert(1)&lt;/script&gt;\"'&lt;img src=x onerror=alert(1)&gt;";
    let item = format!(
        "<item><title>{evil}Elvis</title><description>{evil} Elvis {evil}</description>\
         <link>javascript:alert(1)</link></item>\
         <item><title>Elvis</title><link>https://example.org/\"&gt;&lt;script&gt;alert(1)</link></item>"
    );
    let folder = pile(&[("<script>'\".xml", &item)]);
    fs::write(folder.path().join("bad<img>.xml"), "<rss><\"<script>'>").unwrap();
    let service = serve(&folder);
    for query in [
        "/",
        "/?topic=Elvis",
        "/?topic=%3Cscript%3Ealert(1)%3C/script%3E",
        "/?topic=%22%27%3E%3Cimg%20src=x%3E&feed=%22%3E%3Cscript%3E&matching=%22%3E%3Cscript%3E",
        "/?topic=Elvis&page=2&feed=%22onmouseover=%22alert(1)",
    ] {
        let response = service.get(query);
        assert_eq!(response.status, 200, "{query}");
        let page = response.text();
        for raw in [
            "<script",
            "<img",
            "javascript:alert(1)\"",
            "onerror=alert(1)>",
            "\"onmouseover",
        ] {
            assert!(!page.contains(raw), "{query}: {raw} is in {page}");
        }
        assert!(
            response
                .head
                .contains("content-security-policy: default-src 'none'")
        );
        assert!(response.head.contains("x-content-type-options: nosniff"));
    }
}

#[test]
fn a_feed_that_fails_is_shown_with_its_reason() {
    let folder = pile(&[("good.xml", "<item><title>Elvis</title></item>")]);
    fs::write(folder.path().join("short.xml"), "<rss><channel>").unwrap();
    let service = serve(&folder);
    let page = service.get("/?topic=Elvis").text();
    assert!(page.contains("1 feed could not be read"), "{page}");
    assert!(page.contains("document ends inside an element"), "{page}");
    fs::remove_file(folder.path().join("good.xml")).unwrap();
    let page = service.get("/?topic=Elvis").text();
    assert!(page.contains("cannot be opened: No such file"), "{page}");
}

#[test]
fn without_a_folder_there_are_generated_feeds_and_they_are_removed_at_the_end() {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = process::command(&[]);
    let mut service = Service::spawn(command.env("TMPDIR", temporary.path()));
    let page = service.get("/?topic=president").text();
    assert!(page.contains("280 of 1560 items in 40 feeds"), "{page}");
    assert!(page.contains("rel=\"next\">Later"), "{page}");
    let last = service.get("/?topic=president&page=6").text();
    assert!(
        last.contains("<ol start=\"251\">") && !last.contains("rel=\"next\""),
        "{last}"
    );
    assert_eq!(last.matches("<li><h3>").count(), 30);
    let beyond = service.get("/?topic=president&page=4294967295");
    assert_eq!(beyond.status, 200);
    let beyond = beyond.text();
    assert!(beyond.contains("No result is on this page"), "{beyond}");
    assert!(beyond.contains("page=6\" rel=\"prev\""), "{beyond}");
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 1);
    service.terminate();
    assert!(service.wait().success());
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0);
}

#[test]
fn what_cannot_be_searched_is_refused_with_a_reason() {
    let service = Service::start(&[]);
    let long = "x".repeat(201);
    let refused = service.get(&format!("/?topic={long}"));
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("at most 200 characters"));
    assert_eq!(service.get("/nowhere").status, 404);
    assert_eq!(service.get("/style.css").status, 200);
    let posted = process::ask(
        service.connect(),
        "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 0\r\n\r\n",
    );
    assert_eq!(posted.status, 405);
}

#[test]
fn a_folder_without_a_feed_is_an_error_that_says_how_to_get_some() {
    let folder = pile(&[("a.txt", "")]);
    for folder in [folder.path(), std::path::Path::new("/nowhere")] {
        let mut command = process::command(&["--feeds", folder.to_str().unwrap()]);
        let output = command.output().unwrap();
        assert_eq!(output.status.code(), Some(1));
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(said.contains(folder.to_str().unwrap()), "{said}");
    }
}
