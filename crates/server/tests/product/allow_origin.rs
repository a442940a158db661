//! Pages of other origins, which browsers let call only servers that allow it.

use crate::product::Product;

const ORIGIN: &str = "https://admin.example.com";

fn preflight(product: &Product, origin: &str, path: &str) -> reqwest::RequestBuilder {
    reqwest::Client::new()
        .request(reqwest::Method::OPTIONS, product.url(path))
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "x-auth-token,content-type,x-grpc-web")
}

const PATHS: [&str; 2] = ["/v1/{project_id}/secrets", "/strongroom.v1.Secrets/ListSecrets"];

#[tokio::test]
async fn nobody_is_allowed_unless_a_setting_says_so() {
    let product = Product::start().await;
    for path in PATHS {
        let answer = preflight(&product, ORIGIN, path).send().await.unwrap();
        assert_eq!(answer.status(), 405, "{path}");
        assert!(answer.headers().get("access-control-allow-origin").is_none());
    }
}

#[tokio::test]
async fn an_origin_that_is_named_may_call_and_read() {
    let product = Product::start_with(|settings| settings.allow_origin = Some(vec![ORIGIN.to_owned()])).await;
    for path in PATHS {
        let answer = preflight(&product, ORIGIN, path).send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(answer.headers()["access-control-allow-origin"], ORIGIN);
        assert!(answer.headers()["access-control-allow-headers"].to_str().unwrap().contains("x-auth-token"));
        assert!(answer.headers().get("access-control-allow-credentials").is_none());
        let other = preflight(&product, "https://evil.example.com", path).send().await.unwrap();
        assert!(other.headers().get("access-control-allow-origin").is_none(), "{path}");
    }
    let list = product.rest("GET", PATHS[0]).header("origin", ORIGIN).send().await.unwrap();
    assert_eq!(
        (list.status().as_u16(), &list.headers()["access-control-allow-origin"]),
        (200, &ORIGIN.parse().unwrap())
    );
    assert!(list.headers()["access-control-expose-headers"].to_str().unwrap().contains("x-request-id"));
}
