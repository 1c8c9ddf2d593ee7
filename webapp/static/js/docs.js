// Shows the API description; a request from here proves that it comes from our page.

const place = document.getElementById("api");

window.SwaggerUIBundle({
  url: place.dataset.description,
  domNode: place,
  deepLinking: true,
  layout: "BaseLayout",
  validatorUrl: null,
  withCredentials: true,
  requestInterceptor(request) {
    if (new URL(request.url, location.href).origin === location.origin) {
      request.headers["X-CSRF-Token"] = place.dataset.proof;
    }
    return request;
  },
});
