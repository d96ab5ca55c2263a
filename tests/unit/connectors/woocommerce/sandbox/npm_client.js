// A day in the shop by the official JavaScript client; prints what it saw as one JSON object.
const WooCommerce = require("@woocommerce/woocommerce-rest-api").default;

const [url, consumerKey, consumerSecret] = process.argv.slice(2);
const api = new WooCommerce({ url, consumerKey, consumerSecret, version: "wc/v3" });
const refusal = (error) => [error.response.status, error.response.data.code];

async function day() {
  const shirt = (await api.post("products", { name: "Shirt", type: "variable" })).data;
  const variations = `products/${shirt.id}/variations`;
  const made = await api.post(`${variations}/batch`, {
    create: [
      { sku: "S/1", regular_price: "12.00", manage_stock: true, stock_quantity: 5 },
      { sku: "S/1", regular_price: "12.00" },
    ],
  });
  const [small, twice] = made.data.create;
  const order = (
    await api.post("orders", {
      line_items: [{ product_id: shirt.id, variation_id: small.id, quantity: 2 }],
      set_paid: true,
      billing: { first_name: "Zoë" },
    })
  ).data;
  const refunds = `orders/${order.id}/refunds`;
  const withGateway = await api.post(refunds, { amount: "1.00" }).catch(refusal);
  const refund = (
    await api.post(refunds, {
      api_refund: false,
      line_items: [{ id: order.line_items[0].id, quantity: 1, refund_total: "10.00" }],
    })
  ).data;
  const listed = await api.get("orders", {
    include: [order.id, 999],
    search: "Zoë",
    modified_after: "2020-01-01T00:00:00",
    dates_are_gmt: true,
  });
  const found = (await api.get("products", { sku: "S/1" })).data;
  const customer = (await api.post("customers", { email: "zoe@shop.example" })).data;
  await api.delete(`customers/${customer.id}`, { force: true });
  const trashed = await api.delete(`orders/${order.id}`);
  return {
    duplicate: twice.error.code,
    total: order.total,
    withGateway,
    refunded: refund.amount,
    listed: [listed.headers["x-wp-total"], listed.data[0].refunds[0].total],
    stock: found[0].stock_quantity,
    customer: await api.get(`customers/${customer.id}`).catch(refusal),
    trashed: trashed.status,
    again: await api.delete(`orders/${order.id}`).catch(refusal),
  };
}

day().then((seen) => console.log(JSON.stringify(seen)));
